CREATE SCHEMA "vibes";
--> statement-breakpoint
CREATE TABLE "vibes"."pool_changes" (
	"change" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "vibes"."pool_changes_change_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"connection" text NOT NULL,
	"plan" uuid NOT NULL,
	"action" text NOT NULL,
	"pool_id" bigint,
	"name" text NOT NULL,
	"settings" jsonb NOT NULL,
	"seen" text,
	"before" jsonb,
	"after" jsonb,
	"state" text DEFAULT 'planned' NOT NULL,
	"reason" text,
	"run_id" text,
	"attempt" integer DEFAULT 0 NOT NULL,
	"planned_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone,
	"settled_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "vibes"."pool_levels" (
	"connection" text NOT NULL,
	"pool_id" bigint NOT NULL,
	"read_at" timestamp with time zone NOT NULL,
	"total" bigint,
	"issued" bigint,
	"remaining" bigint,
	"low_threshold" bigint,
	CONSTRAINT "pool_levels_connection_pool_id_read_at_pk" PRIMARY KEY("connection","pool_id","read_at")
);
--> statement-breakpoint
CREATE TABLE "vibes"."pools" (
	"connection" text NOT NULL,
	"id" bigint NOT NULL,
	"name" text,
	"issuance_allowed" boolean,
	"redemption_allowed" boolean,
	"incentive_codes_total" bigint,
	"incentive_codes_issued" bigint,
	"incentive_codes_remaining" bigint,
	"incentive_codes_low_threshold" bigint,
	"incentive_codes_max_characters" bigint,
	"distribution_method" text,
	"notification_email_address" text,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"url" text,
	"raw" jsonb NOT NULL,
	"content_hash" uuid NOT NULL,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "pools_connection_id_pk" PRIMARY KEY("connection","id")
);
--> statement-breakpoint
CREATE INDEX "pool_changes_plan" ON "vibes"."pool_changes" USING btree ("plan");--> statement-breakpoint
CREATE INDEX "pool_changes_pool" ON "vibes"."pool_changes" USING btree ("connection","pool_id");