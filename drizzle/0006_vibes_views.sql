CREATE VIEW "vibes"."pool_forecast" AS
WITH newest AS (
	SELECT DISTINCT ON (connection, pool_id) connection, pool_id, read_at, total, issued, remaining, low_threshold
	FROM vibes.pool_levels
	ORDER BY connection, pool_id, read_at DESC
), shown AS (
	-- A level that has not changed is not written again: the pages of the newest run tell when it was last seen.
	SELECT pages.connection, id AS pool_id, max(pages.committed_at) AS at
	FROM sync.pages, unnest(pages.ids) AS id
	WHERE pages.stream = 'pools'
	GROUP BY 1, 2
), latest AS (
	SELECT newest.*, greatest(newest.read_at, shown.at) AS seen_at
	FROM newest LEFT JOIN shown USING (connection, pool_id)
), steps AS (
	SELECT latest.connection, latest.pool_id, levels.read_at,
		coalesce(levels.total - levels.remaining, levels.issued) AS used,
		lag(coalesce(levels.total - levels.remaining, levels.issued))
			OVER (PARTITION BY latest.connection, latest.pool_id ORDER BY levels.read_at) AS used_before
	FROM latest, LATERAL (
		SELECT read_at, total, issued, remaining FROM vibes.pool_levels
		WHERE connection = latest.connection AND pool_id = latest.pool_id
			AND read_at >= coalesce((
				SELECT max(earlier.read_at) FROM vibes.pool_levels AS earlier
				WHERE earlier.connection = latest.connection AND earlier.pool_id = latest.pool_id
					AND earlier.read_at <= latest.seen_at - interval '7 days'
			), '-infinity')
	) AS levels
), rates AS (
	-- Codes that were uploaded change total and remaining alike, so that what is used does not notice them.
	SELECT latest.*, watched.since, watched.readings,
		CASE WHEN watched.used > 0 AND latest.seen_at >= watched.since + interval '10 minutes'
			THEN watched.used / extract(epoch FROM latest.seen_at - watched.since) END AS per_second
	FROM latest JOIN (
		SELECT connection, pool_id, count(*) AS readings, sum(greatest(used - used_before, 0)) AS used,
			min(read_at) AS since
		FROM steps GROUP BY 1, 2
	) AS watched USING (connection, pool_id)
)
SELECT pools.connection, pools.id, pools.name, rates.seen_at AS read_at,
	rates.total, rates.issued, rates.remaining, rates.low_threshold,
	rates.remaining <= rates.low_threshold AS low,
	rates.since, rates.readings,
	round(rates.per_second * 86400, 3) AS issued_per_day,
	CASE
		WHEN rates.remaining <= 0 THEN rates.read_at
		WHEN NOT pools.issuance_allowed THEN NULL
		WHEN rates.remaining / rates.per_second < 3153600000
			THEN rates.seen_at + make_interval(secs => (rates.remaining / rates.per_second)::float8)
	END AS runs_out_at
FROM rates JOIN vibes.pools ON pools.connection = rates.connection AND pools.id = rates.pool_id
WHERE pools.deleted_at IS NULL;
--> statement-breakpoint
COMMENT ON VIEW "vibes"."pool_forecast" IS 'How fast each pool is used up, by its levels of the last week, and when it runs out at that rate. Both are null where it cannot be told: fewer than ten minutes of readings, nothing issued, issuing not allowed, or not within a hundred years. Of a pool that has run out: when that was noted.';
