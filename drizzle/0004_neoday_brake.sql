ALTER TABLE "neoday"."exports" ADD COLUMN "kept_result" bigint;--> statement-breakpoint
ALTER TABLE "sync"."quarantine" ADD COLUMN "times" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_campaign_info" AS
SELECT DISTINCT ON (row.connection, row.campaign_code)
	row.connection, row.campaign_name, row.campaign_code, row.campaign_start, row.campaign_end,
	coalesce(row.raw, jsonb_build_object('campaign_name', row.campaign_name, 'campaign_code', row.campaign_code, 'campaign_start', to_char(row.campaign_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), 'campaign_end', to_char(row.campaign_end AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'))) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."campaign_info" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'campaign_info'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.campaign_code,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_campaign_info" IS 'One row for each campaign_code, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_user_base_connections" AS
SELECT DISTINCT ON (row.connection, row.userid, row.client_id)
	row.connection, row.userid, row.client_id,
	coalesce(row.raw, jsonb_build_object('userid', row.userid, 'client_id', row.client_id)) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."user_base_connections" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'user_base_connections'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.userid, row.client_id,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_user_base_connections" IS 'One row for each userid, client_id, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_player_info_user_id" AS
SELECT DISTINCT ON (row.connection, row.userid, row.stackinstanceid, row.participation_date)
	row.connection, row.userid, row.stackinstanceid, row.value, row.participation_date, row.participation_date_local, row.time_zone,
	coalesce(row.raw, jsonb_build_object('userid', row.userid, 'stackinstanceid', row.stackinstanceid, 'value', row.value::text, 'participation_date', coalesce(row.participation_date_local, to_char(row.participation_date AT TIME ZONE coalesce(row.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS')))) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."player_info_user_id" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'player_info_user_id'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.userid, row.stackinstanceid, row.participation_date,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_player_info_user_id" IS 'One row for each userid, stackinstanceid, participation_date, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_player_info_game_type" AS
SELECT DISTINCT ON (row.connection, row.stackinstanceid)
	row.connection, row.stackinstanceid, row.stackid, row.game_type,
	coalesce(row.raw, jsonb_build_object('stackinstanceid', row.stackinstanceid, 'stackid', row.stackid, 'game_type', row.game_type)) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."player_info_game_type" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'player_info_game_type'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.stackinstanceid,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_player_info_game_type" IS 'One row for each stackinstanceid, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_win_info" AS
SELECT DISTINCT ON (row.connection, row.userid, row.stackid, row.participation_date)
	row.connection, row.userid, row.stackid, row.haswon, row.participation_date, row.participation_date_local, row.time_zone,
	coalesce(row.raw, jsonb_build_object('userid', row.userid, 'stackid', row.stackid, 'haswon', CASE WHEN row.haswon THEN '1' WHEN NOT row.haswon THEN '0' END, 'participation_date', coalesce(row.participation_date_local, to_char(row.participation_date AT TIME ZONE coalesce(row.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS.MS')))) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."win_info" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'win_info'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.userid, row.stackid, row.participation_date,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, row.haswon DESC NULLS LAST, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_win_info" IS 'One row for each userid, stackid, participation_date, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_all_coupons" AS
SELECT DISTINCT ON (row.connection, row.userid, row.coupon_name, row.received_date, row.ordinal)
	row.connection, row.userid, row.coupon_name, row.received_date, row.received_date_local, row.time_zone,
	coalesce(row.raw, jsonb_build_object('userid', row.userid, 'coupon_name', row.coupon_name, 'received_date', coalesce(row.received_date_local, to_char(row.received_date AT TIME ZONE coalesce(row.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS')))) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."all_coupons" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'all_coupons'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.userid, row.coupon_name, row.received_date, row.ordinal,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_all_coupons" IS 'One row for each userid, coupon_name, received_date, ordinal, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_challenges_user_id" AS
SELECT DISTINCT ON (row.connection, row.userid, row.stackinstanceid)
	row.connection, row.userid, row.stackinstanceid, row.hascompleted, row.participation_date, row.participation_date_local, row.time_zone,
	coalesce(row.raw, jsonb_build_object('userid', row.userid, 'stackinstanceid', row.stackinstanceid, 'hascompleted', CASE WHEN row.hascompleted THEN '1' WHEN NOT row.hascompleted THEN '0' END, 'participation_date', coalesce(row.participation_date_local, to_char(row.participation_date AT TIME ZONE coalesce(row.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS')))) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."challenges_user_id" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'challenges_user_id'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.userid, row.stackinstanceid,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, row.hascompleted DESC NULLS LAST, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_challenges_user_id" IS 'One row for each userid, stackinstanceid, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_challenges_game_type" AS
SELECT DISTINCT ON (row.connection, row.stackinstanceid)
	row.connection, row.stackinstanceid, row.stackid, row.game_type,
	coalesce(row.raw, jsonb_build_object('stackinstanceid', row.stackinstanceid, 'stackid', row.stackid, 'game_type', row.game_type)) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."challenges_game_type" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'challenges_game_type'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.stackinstanceid,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_challenges_game_type" IS 'One row for each stackinstanceid, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_gamification_prize_user_id" AS
SELECT DISTINCT ON (row.connection, row.userid, row.game_id, row.prizeid)
	row.connection, row.userid, row.game_id, row.game_name, row.prizeid, row.claimed_date, row.claimed_date_local, row.time_zone,
	coalesce(row.raw, jsonb_build_object('userid', row.userid, 'game_id', row.game_id, 'game_name', row.game_name, 'prizeid', row.prizeid, 'claimed_date', coalesce(row.claimed_date_local, to_char(row.claimed_date AT TIME ZONE coalesce(row.time_zone, 'UTC'), 'YYYY-MM-DD HH24:MI:SS')))) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."gamification_prize_user_id" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'gamification_prize_user_id'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.userid, row.game_id, row.prizeid,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, row.claimed_date DESC NULLS LAST, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_gamification_prize_user_id" IS 'One row for each userid, game_id, prizeid, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
--> statement-breakpoint
CREATE OR REPLACE VIEW "neoday"."current_gamification_prize_prize_type" AS
SELECT DISTINCT ON (row.connection, row.prizeid, row.game_id)
	row.connection, row.prizeid, row.game_id, row.prize_name, row.prize_type,
	coalesce(row.raw, jsonb_build_object('prizeid', row.prizeid, 'game_id', row.game_id, 'prize_name', row.prize_name, 'prize_type', row.prize_type)) AS raw,
	row.content_hash, row.ordinal, row.first_result, row.last_result, row.synced_at, row.run_id
FROM "neoday"."gamification_prize_prize_type" AS row
LEFT JOIN (
	SELECT export.connection, export.mode, max(result.created_at) AS newest,
		max(result.created_at) FILTER (WHERE result.sequence = export.kept_result) AS kept
	FROM "neoday"."exports" AS export
	LEFT JOIN "neoday"."results" AS result ON result.connection = export.connection AND result.export = export.export AND result.loaded_at IS NOT NULL
	WHERE export.table_name = 'gamification_prize_prize_type'
	GROUP BY export.connection, export.mode
) AS source ON source.connection = row.connection
LEFT JOIN "neoday"."results" AS first ON first.sequence = row.first_result
LEFT JOIN "neoday"."results" AS last ON last.sequence = row.last_result
WHERE row.last_result IS NULL OR source.mode IS DISTINCT FROM 'snapshot' OR last.created_at >= source.kept
ORDER BY row.connection, row.prizeid, row.game_id,
	coalesce(last.created_at, source.newest, 'infinity') DESC, row.last_result IS NULL DESC, last.sequence DESC, first.created_at DESC, first.sequence DESC, row.content_hash, row.ordinal;
--> statement-breakpoint
COMMENT ON VIEW "neoday"."current_gamification_prize_prize_type" IS 'One row for each prizeid, game_id, the newest result winning; with mode: snapshot only what the newest result shows, or what has to wait for approve-deletes. raw is the whole record.';
