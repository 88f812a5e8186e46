CREATE TABLE "sync"."connections" (
	"connection" text PRIMARY KEY NOT NULL,
	"system" text NOT NULL,
	"points_at" text NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"throttle" integer DEFAULT 0 NOT NULL,
	"throttled_at" timestamp with time zone DEFAULT now() NOT NULL
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
ALTER TABLE "sync"."cursors" ADD COLUMN "deleted" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "sync"."cursors" ADD COLUMN "pass_started_at" timestamp with time zone DEFAULT now() NOT NULL;