/** A query: every connection that ever ran, by as many looks into the index as there are; of runs there are many more. */
export const ranNames = `
  WITH RECURSIVE names AS (
    (SELECT connection FROM sync.runs ORDER BY connection LIMIT 1)
    UNION ALL
    SELECT (SELECT runs.connection FROM sync.runs WHERE runs.connection > names.connection ORDER BY connection LIMIT 1)
    FROM names WHERE names.connection IS NOT NULL)
  SELECT connection FROM names WHERE connection IS NOT NULL`;
