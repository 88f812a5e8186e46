CREATE TABLE "sync"."causes" (
	"run_id" text NOT NULL,
	"stream" text DEFAULT '' NOT NULL,
	"kind" text NOT NULL,
	"connection" text NOT NULL,
	"times" bigint DEFAULT 0 NOT NULL,
	"seconds" double precision DEFAULT 0 NOT NULL,
	"note" text,
	"first_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "causes_run_id_stream_kind_pk" PRIMARY KEY("run_id","stream","kind")
);
--> statement-breakpoint
CREATE TABLE "sync"."schedule_pauses" (
	"connection" text PRIMARY KEY NOT NULL,
	"run_sequence" bigint NOT NULL,
	"paused_at" timestamp with time zone DEFAULT now() NOT NULL,
	"why" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sync"."ticks" (
	"tick_id" text PRIMARY KEY NOT NULL,
	"connection" text NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	"begun_at" timestamp with time zone NOT NULL,
	"judged_at" timestamp with time zone DEFAULT now() NOT NULL,
	"overlap" text NOT NULL,
	"outcome" text NOT NULL,
	"run_id" text,
	"why" text
);
--> statement-breakpoint
ALTER TABLE "sync"."quarantine" ADD COLUMN "mapping_version" integer;--> statement-breakpoint
ALTER TABLE "sync"."runs" ADD COLUMN "streams" text[];--> statement-breakpoint
ALTER TABLE "sync"."runs" ADD COLUMN "due_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "causes_connection" ON "sync"."causes" USING btree ("connection","last_at");--> statement-breakpoint
CREATE INDEX "ticks_connection" ON "sync"."ticks" USING btree ("connection","due_at");