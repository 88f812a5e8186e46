CREATE SCHEMA "atobi";
--> statement-breakpoint
CREATE TABLE "atobi"."batches" (
	"batch" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "atobi"."batches_batch_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"connection" text NOT NULL,
	"run_id" text NOT NULL,
	"context" text NOT NULL,
	"element_ids" bigint[] NOT NULL,
	"elements" integer GENERATED ALWAYS AS (cardinality(element_ids)) STORED,
	"state" text DEFAULT 'open' NOT NULL,
	"half_of" bigint,
	"repeats" bigint,
	"why" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "atobi"."budgets" (
	"connection" text PRIMARY KEY NOT NULL,
	"held_until" timestamp with time zone,
	"held_because" text,
	"failures" integer DEFAULT 0 NOT NULL,
	"progressed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"acknowledged" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "atobi"."deliveries" (
	"delivery" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "atobi"."deliveries_delivery_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"connection" text NOT NULL,
	"run_id" text NOT NULL,
	"batch" bigint NOT NULL,
	"lease" bigint NOT NULL,
	"attempt" integer NOT NULL,
	"type" text NOT NULL,
	"api_version" text NOT NULL,
	"context" text NOT NULL,
	"state" text DEFAULT 'sending' NOT NULL,
	"why" text NOT NULL,
	"repeats" bigint,
	"elements" integer NOT NULL,
	"bytes" integer NOT NULL,
	"digest" text NOT NULL,
	"element_ids" bigint[] NOT NULL,
	"sent_values" numeric[] NOT NULL,
	"sent_units" text[] NOT NULL,
	"http_status" integer,
	"refusal" text,
	"status" text,
	"answer" text,
	"explanation" text,
	"sent_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"answered_at" timestamp with time zone,
	"resolved_at" timestamp with time zone,
	"resolution" text
);
--> statement-breakpoint
CREATE TABLE "atobi"."elements" (
	"connection" text NOT NULL,
	"id" bigint NOT NULL,
	"kpi" text NOT NULL,
	"context" text NOT NULL,
	"user_id" text,
	"location_id" text,
	"value" numeric NOT NULL,
	"units" text,
	"timestamp" timestamp with time zone NOT NULL,
	"date_from" timestamp with time zone,
	"date_to" timestamp with time zone,
	"source" text NOT NULL,
	"state" text DEFAULT 'new' NOT NULL,
	"accepted_value" numeric,
	"accepted_units" text,
	"accepted_at" timestamp with time zone,
	"first_accepted_run" text,
	"accepted_run" text,
	"refused_value" numeric,
	"refused_units" text,
	"delivery" bigint,
	"run_id" text NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"vanished_at" timestamp with time zone,
	CONSTRAINT "elements_connection_id_pk" PRIMARY KEY("connection","id")
);
--> statement-breakpoint
CREATE TABLE "atobi"."kpi_values" (
	"connection" text NOT NULL,
	"kpi" text NOT NULL,
	"context" text,
	"user_id" text,
	"location_id" text,
	"value" numeric NOT NULL,
	"units" text,
	"timestamp" timestamp with time zone NOT NULL,
	"date_from" timestamp with time zone,
	"date_to" timestamp with time zone,
	"moment" timestamp with time zone GENERATED ALWAYS AS (CASE WHEN date_from IS NULL AND date_to IS NULL THEN "timestamp" END) STORED,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "kpi_values_element" UNIQUE NULLS NOT DISTINCT("connection","kpi","user_id","location_id","date_from","date_to","moment"),
	CONSTRAINT "kpi_values_subject" CHECK (nullif(user_id, '') IS NOT NULL OR nullif(location_id, '') IS NOT NULL),
	CONSTRAINT "kpi_values_finite" CHECK (value NOT IN ('NaN', 'Infinity', '-Infinity')),
	CONSTRAINT "kpi_values_period" CHECK (date_from <= date_to)
);
--> statement-breakpoint
CREATE TABLE "atobi"."pushes" (
	"run_id" text PRIMARY KEY NOT NULL,
	"connection" text NOT NULL,
	"sequence" bigint NOT NULL,
	"elements" integer NOT NULL,
	"batches" integer NOT NULL,
	"approved" boolean DEFAULT false NOT NULL,
	"streams" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "atobi"."requests" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "atobi"."requests_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"connection" text NOT NULL,
	"kind" text NOT NULL,
	"delivery" bigint,
	"taken_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"answered_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "batches_run" ON "atobi"."batches" USING btree ("connection","run_id","state");--> statement-breakpoint
CREATE INDEX "deliveries_connection" ON "atobi"."deliveries" USING btree ("connection","delivery");--> statement-breakpoint
CREATE INDEX "deliveries_run" ON "atobi"."deliveries" USING btree ("connection","run_id");--> statement-breakpoint
CREATE INDEX "deliveries_unsettled" ON "atobi"."deliveries" USING btree ("connection") WHERE "atobi"."deliveries"."state" = 'sending';--> statement-breakpoint
CREATE INDEX "deliveries_accepted" ON "atobi"."deliveries" USING btree ("connection","context") WHERE "atobi"."deliveries"."state" = 'accepted';--> statement-breakpoint
CREATE INDEX "elements_kpi" ON "atobi"."elements" USING btree ("connection","kpi");--> statement-breakpoint
CREATE INDEX "elements_open" ON "atobi"."elements" USING btree ("connection") WHERE "atobi"."elements"."state" <> 'accepted';--> statement-breakpoint
CREATE INDEX "requests_connection" ON "atobi"."requests" USING btree ("connection");