/** SQL that writes a `timestamptz` expression as ISO 8601 in UTC, with milliseconds. */
export const iso = (time: string): string => `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
