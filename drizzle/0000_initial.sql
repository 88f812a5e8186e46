CREATE SCHEMA "incentify";
--> statement-breakpoint
CREATE SCHEMA "sync";
--> statement-breakpoint
CREATE TABLE "incentify"."credits" (
	"connection" text NOT NULL,
	"id" bigint NOT NULL,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"status" text,
	"account_id" bigint,
	"account_title" text,
	"created_by_id" bigint,
	"created_by_first_name" text,
	"created_by_last_name" text,
	"created_by_email" text,
	"project_id" bigint,
	"project_title" text,
	"incentive_program_title" text,
	"incentive_program_jurisdiction_code" text,
	"incentive_program_jurisdiction_name" text,
	"incentive_program_jurisdiction_name_full" text,
	"incentive_program_jurisdiction_level" text,
	"incentive_program_jurisdiction_gps_lng" numeric,
	"incentive_program_jurisdiction_gps_lat" numeric,
	"incentive_program_jurisdiction_geographic_levels" jsonb,
	"incentive_settings_type" text,
	"incentive_settings_carry_forward_years" numeric,
	"incentive_settings_legislative_framework" text,
	"jurisdiction_code" text,
	"jurisdiction_name" text,
	"jurisdiction_name_full" text,
	"jurisdiction_level" text,
	"jurisdiction_gps_lng" numeric,
	"jurisdiction_gps_lat" numeric,
	"jurisdiction_geographic_levels" jsonb,
	"local_currency_code" text,
	"local_currency_name" text,
	"local_currency_html_code" text,
	"local_currency_hex_code" text,
	"local_currency_unicode" text,
	"utilizations_item_count" bigint,
	"raw" jsonb NOT NULL,
	"content_hash" uuid NOT NULL,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "credits_connection_id_pk" PRIMARY KEY("connection","id")
);
--> statement-breakpoint
CREATE TABLE "incentify"."incentive_programs" (
	"connection" text NOT NULL,
	"id" bigint NOT NULL,
	"name" text,
	"legislative_status" text,
	"jurisdiction_name" text,
	"jurisdiction_level" text,
	"jurisdiction_layers" jsonb,
	"government_agency_name" text,
	"government_agency_website_url" text,
	"government_agency_contacts" jsonb,
	"authority_name" text,
	"authority_website_url" text,
	"industries" jsonb,
	"incentive_types" jsonb,
	"tax_offset_types" jsonb,
	"activity_types" jsonb,
	"geospecific_is_limited" boolean,
	"geospecific_description" text,
	"description" text,
	"qualified_expenditures" text,
	"amount" text,
	"max_amount" text,
	"limitations" text,
	"eligibility" text,
	"sunset_date" date,
	"small_employers_exceptions_is_exception" boolean,
	"small_employers_exceptions_description" text,
	"priority_applies" text,
	"certification_is_required" boolean,
	"filing_is_required" boolean,
	"filing_requirements" text,
	"monetization_timing_carryback_is_allowed" boolean,
	"monetization_timing_carryback_description" text,
	"monetization_timing_carryforward_is_allowed" boolean,
	"monetization_timing_carryforward_description" text,
	"monetization_timing_retroactive_is_allowed" boolean,
	"monetization_timing_retroactive_description" text,
	"recurring" boolean,
	"recapture" boolean,
	"exclusivity" boolean,
	"raw" jsonb NOT NULL,
	"content_hash" uuid NOT NULL,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "incentive_programs_connection_id_pk" PRIMARY KEY("connection","id")
);
--> statement-breakpoint
CREATE TABLE "incentify"."projects" (
	"connection" text NOT NULL,
	"id" bigint NOT NULL,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"status" text,
	"account_id" bigint,
	"account_title" text,
	"created_by_id" bigint,
	"created_by_first_name" text,
	"created_by_last_name" text,
	"created_by_email" text,
	"title" text,
	"description" text,
	"date_project_start" date,
	"date_project_end" date,
	"credits_item_count" bigint,
	"custom_data_points" jsonb,
	"raw" jsonb NOT NULL,
	"content_hash" uuid NOT NULL,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "projects_connection_id_pk" PRIMARY KEY("connection","id")
);
--> statement-breakpoint
CREATE TABLE "incentify"."utilizations" (
	"connection" text NOT NULL,
	"id" bigint NOT NULL,
	"created_at" timestamp with time zone,
	"updated_at" timestamp with time zone,
	"status" text,
	"type" text,
	"account_id" bigint,
	"account_title" text,
	"created_by_id" bigint,
	"created_by_first_name" text,
	"created_by_last_name" text,
	"created_by_email" text,
	"project_id" bigint,
	"project_title" text,
	"credit_id" bigint,
	"local_currency_code" text,
	"local_currency_name" text,
	"local_currency_html_code" text,
	"local_currency_hex_code" text,
	"local_currency_unicode" text,
	"estimate_date" date,
	"estimate_amount_usd_gross_total" numeric,
	"estimate_amount_usd_exchange_rate" numeric,
	"estimate_amount_usd_discounted_value_as_percentage" numeric,
	"estimate_amount_usd_discount_total" numeric,
	"estimate_amount_usd_net_total" numeric,
	"estimate_amount_local_gross_total" numeric,
	"actual_date" date,
	"actual_amount_usd_gross_total" numeric,
	"actual_amount_usd_exchange_rate" numeric,
	"actual_amount_usd_discounted_value_as_percentage" numeric,
	"actual_amount_usd_discount_total" numeric,
	"actual_amount_usd_net_total" numeric,
	"actual_amount_local_gross_total" numeric,
	"current_percentage_of_credit_amount" numeric,
	"variance_actual_to_estimate_base_amount" numeric,
	"variance_actual_to_estimate_base_amount_percentage" numeric,
	"notes" text,
	"legal_entity_id" bigint,
	"legal_entity_title" text,
	"site_id" bigint,
	"site_title" text,
	"raw" jsonb NOT NULL,
	"content_hash" uuid NOT NULL,
	"synced_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "utilizations_connection_id_pk" PRIMARY KEY("connection","id")
);
--> statement-breakpoint
CREATE TABLE "sync"."connections" (
	"connection" text PRIMARY KEY NOT NULL,
	"system" text NOT NULL,
	"points_at" text,
	"any_account" boolean DEFAULT false NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"throttle" integer DEFAULT 0 NOT NULL,
	"throttled_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync"."cursors" (
	"connection" text NOT NULL,
	"stream" text NOT NULL,
	"run_id" text NOT NULL,
	"run_sequence" bigint NOT NULL,
	"lease" bigint NOT NULL,
	"attempt" integer NOT NULL,
	"epoch" bigint DEFAULT 0 NOT NULL,
	"pass" integer DEFAULT 1 NOT NULL,
	"next_query" text DEFAULT '' NOT NULL,
	"next_page" integer DEFAULT 1 NOT NULL,
	"done" boolean DEFAULT false NOT NULL,
	"last_page" integer,
	"linked" boolean DEFAULT false NOT NULL,
	"source_total" bigint,
	"fetched" bigint DEFAULT 0 NOT NULL,
	"created" bigint DEFAULT 0 NOT NULL,
	"updated" bigint DEFAULT 0 NOT NULL,
	"unchanged" bigint DEFAULT 0 NOT NULL,
	"quarantined" bigint DEFAULT 0 NOT NULL,
	"deleted" bigint DEFAULT 0 NOT NULL,
	"pages" bigint DEFAULT 0 NOT NULL,
	"requests" bigint DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"contract_failures" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"progressed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"pass_started_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cursors_connection_stream_pk" PRIMARY KEY("connection","stream")
);
--> statement-breakpoint
CREATE TABLE "sync"."installation" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"singleton" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "installation_singleton_unique" UNIQUE("singleton")
);
--> statement-breakpoint
CREATE TABLE "sync"."missing" (
	"connection" text NOT NULL,
	"stream" text NOT NULL,
	"id" bigint NOT NULL,
	"run_id" text NOT NULL,
	"pass" integer NOT NULL,
	"noticed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"confirmed" boolean DEFAULT false NOT NULL,
	CONSTRAINT "missing_connection_stream_id_pk" PRIMARY KEY("connection","stream","id")
);
--> statement-breakpoint
CREATE TABLE "sync"."pages" (
	"run_id" text NOT NULL,
	"stream" text NOT NULL,
	"pass" integer NOT NULL,
	"page" integer NOT NULL,
	"connection" text NOT NULL,
	"query" text NOT NULL,
	"ids" bigint[] NOT NULL,
	"anonymous" integer DEFAULT 0 NOT NULL,
	"total" bigint,
	"total_before" bigint,
	"committed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "pages_run_id_stream_pass_page_pk" PRIMARY KEY("run_id","stream","pass","page")
);
--> statement-breakpoint
CREATE TABLE "sync"."quarantine" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "sync"."quarantine_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"connection" text NOT NULL,
	"stream" text NOT NULL,
	"record_id" bigint,
	"content_hash" uuid NOT NULL,
	"path" text NOT NULL,
	"reason" text NOT NULL,
	"raw_text" text,
	"raw_base64" text,
	"page" integer NOT NULL,
	"run_id" text NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"resolved_at" timestamp with time zone,
	"resolution" text
);
--> statement-breakpoint
CREATE TABLE "sync"."receipts" (
	"run_id" text PRIMARY KEY NOT NULL,
	"connection" text NOT NULL,
	"system" text NOT NULL,
	"status" text NOT NULL,
	"receipt" jsonb NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone DEFAULT now() NOT NULL,
	"seconds" double precision NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync"."runs" (
	"run_id" text PRIMARY KEY NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "sync"."runs_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"connection" text NOT NULL,
	"system" text NOT NULL,
	"workflow_id" text NOT NULL,
	"trigger" text NOT NULL,
	"status" text NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	CONSTRAINT "runs_sequence_unique" UNIQUE("sequence")
);
--> statement-breakpoint
CREATE INDEX "credits_project" ON "incentify"."credits" USING btree ("connection","project_id");--> statement-breakpoint
CREATE INDEX "utilizations_credit" ON "incentify"."utilizations" USING btree ("connection","credit_id");--> statement-breakpoint
CREATE INDEX "utilizations_project" ON "incentify"."utilizations" USING btree ("connection","project_id");--> statement-breakpoint
CREATE INDEX "pages_connection" ON "sync"."pages" USING btree ("connection");--> statement-breakpoint
CREATE UNIQUE INDEX "quarantine_content" ON "sync"."quarantine" USING btree ("connection","stream","content_hash");--> statement-breakpoint
CREATE INDEX "quarantine_open" ON "sync"."quarantine" USING btree ("connection","stream","record_id") WHERE "sync"."quarantine"."resolved_at" IS NULL;--> statement-breakpoint
CREATE INDEX "receipts_connection" ON "sync"."receipts" USING btree ("connection","finished_at");--> statement-breakpoint
CREATE INDEX "runs_connection" ON "sync"."runs" USING btree ("connection","sequence");