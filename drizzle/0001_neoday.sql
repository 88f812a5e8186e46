CREATE SCHEMA "neoday";
--> statement-breakpoint
CREATE TABLE "neoday"."all_coupons" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"userid" text,
	"coupon_name" text,
	"received_date" timestamp with time zone,
	"received_date_local" text,
	"time_zone" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "all_coupons_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."campaign_info" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"campaign_name" text,
	"campaign_code" text,
	"campaign_start" timestamp with time zone,
	"campaign_end" timestamp with time zone,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "campaign_info_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."challenges_game_type" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"stackinstanceid" text,
	"stackid" text,
	"game_type" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "challenges_game_type_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."challenges_user_id" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"userid" text,
	"stackinstanceid" text,
	"hascompleted" boolean,
	"participation_date" timestamp with time zone,
	"participation_date_local" text,
	"time_zone" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "challenges_user_id_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."gamification_prize_prize_type" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"prizeid" text,
	"game_id" text,
	"prize_name" text,
	"prize_type" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "gamification_prize_prize_type_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."gamification_prize_user_id" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"userid" text,
	"game_id" text,
	"game_name" text,
	"prizeid" text,
	"claimed_date" timestamp with time zone,
	"claimed_date_local" text,
	"time_zone" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "gamification_prize_user_id_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."other_rows" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"export" text NOT NULL,
	"raw" jsonb NOT NULL,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "other_rows_pk" PRIMARY KEY("connection","export","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."player_info_game_type" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"stackinstanceid" text,
	"stackid" text,
	"game_type" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "player_info_game_type_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."player_info_user_id" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"userid" text,
	"stackinstanceid" text,
	"value" numeric,
	"participation_date" timestamp with time zone,
	"participation_date_local" text,
	"time_zone" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "player_info_user_id_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."results" (
	"connection" text NOT NULL,
	"export" text NOT NULL,
	"result_id" text NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "neoday"."results_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone,
	"state" text DEFAULT 'pending' NOT NULL,
	"reason" text,
	"etag" text,
	"length" bigint,
	"bytes_done" bigint DEFAULT 0 NOT NULL,
	"rows_done" bigint DEFAULT 0 NOT NULL,
	"created" bigint DEFAULT 0 NOT NULL,
	"updated" bigint DEFAULT 0 NOT NULL,
	"unchanged" bigint DEFAULT 0 NOT NULL,
	"quarantined" bigint DEFAULT 0 NOT NULL,
	"mapping" text,
	"found_at" timestamp with time zone DEFAULT now() NOT NULL,
	"opened_at" timestamp with time zone,
	"loaded_at" timestamp with time zone,
	"run_id" text,
	CONSTRAINT "results_connection_export_result_id_pk" PRIMARY KEY("connection","export","result_id"),
	CONSTRAINT "results_sequence_unique" UNIQUE("sequence")
);
--> statement-breakpoint
CREATE TABLE "neoday"."user_base_connections" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"userid" text,
	"client_id" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "user_base_connections_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
CREATE TABLE "neoday"."exports" (
	"connection" text NOT NULL,
	"export" text NOT NULL,
	"id" text NOT NULL,
	"table_name" text NOT NULL,
	"mode" text NOT NULL,
	"time_zone" text NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "exports_connection_export_pk" PRIMARY KEY("connection","export")
);
--> statement-breakpoint
CREATE TABLE "neoday"."win_info" (
	"connection" text NOT NULL,
	"content_hash" bigint NOT NULL,
	"ordinal" integer NOT NULL,
	"userid" text,
	"stackid" text,
	"haswon" boolean,
	"participation_date" timestamp with time zone,
	"participation_date_local" text,
	"time_zone" text,
	"raw" jsonb,
	"first_result" bigint NOT NULL,
	"last_result" bigint,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "win_info_pk" PRIMARY KEY("connection","content_hash","ordinal")
);
--> statement-breakpoint
ALTER TABLE "sync"."quarantine" ADD COLUMN "result_id" text;--> statement-breakpoint
ALTER TABLE "sync"."quarantine" ADD COLUMN "row_number" bigint;--> statement-breakpoint
CREATE INDEX "all_coupons_open" ON "neoday"."all_coupons" USING btree ("connection") WHERE "neoday"."all_coupons"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "campaign_info_open" ON "neoday"."campaign_info" USING btree ("connection") WHERE "neoday"."campaign_info"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "challenges_game_type_open" ON "neoday"."challenges_game_type" USING btree ("connection") WHERE "neoday"."challenges_game_type"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "challenges_user_id_open" ON "neoday"."challenges_user_id" USING btree ("connection") WHERE "neoday"."challenges_user_id"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "gamification_prize_prize_type_open" ON "neoday"."gamification_prize_prize_type" USING btree ("connection") WHERE "neoday"."gamification_prize_prize_type"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "gamification_prize_user_id_open" ON "neoday"."gamification_prize_user_id" USING btree ("connection") WHERE "neoday"."gamification_prize_user_id"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "other_rows_open" ON "neoday"."other_rows" USING btree ("connection","export") WHERE "neoday"."other_rows"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "player_info_game_type_open" ON "neoday"."player_info_game_type" USING btree ("connection") WHERE "neoday"."player_info_game_type"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "player_info_user_id_open" ON "neoday"."player_info_user_id" USING btree ("connection") WHERE "neoday"."player_info_user_id"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "results_created" ON "neoday"."results" USING btree ("connection","export","created_at");--> statement-breakpoint
CREATE INDEX "user_base_connections_open" ON "neoday"."user_base_connections" USING btree ("connection") WHERE "neoday"."user_base_connections"."last_result" IS NULL;--> statement-breakpoint
CREATE INDEX "win_info_open" ON "neoday"."win_info" USING btree ("connection") WHERE "neoday"."win_info"."last_result" IS NULL;