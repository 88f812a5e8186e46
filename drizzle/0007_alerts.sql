CREATE TABLE "sync"."alert_deliveries" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "sync"."alert_deliveries_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"alert_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"kind" text NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"delivered_at" timestamp with time zone,
	CONSTRAINT "alert_deliveries_sequence_unique" UNIQUE("sequence")
);
--> statement-breakpoint
CREATE TABLE "sync"."alerts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"rule" text NOT NULL,
	"connection" text NOT NULL,
	"subject" text DEFAULT '' NOT NULL,
	"since" timestamp with time zone NOT NULL,
	"opened_at" timestamp with time zone DEFAULT now() NOT NULL,
	"recovered_at" timestamp with time zone,
	"title" text NOT NULL,
	"text" text NOT NULL,
	"commands" text DEFAULT '' NOT NULL,
	"facts" jsonb NOT NULL,
	"recovery" text
);
--> statement-breakpoint
ALTER TABLE "sync"."runs" ADD COLUMN "status_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "sync"."runs" ADD COLUMN "waits_for" text;--> statement-breakpoint
ALTER TABLE "sync"."runs" ADD COLUMN "waits_stream" text;--> statement-breakpoint
ALTER TABLE "sync"."runs" ADD COLUMN "waits_why" text;--> statement-breakpoint
ALTER TABLE "sync"."alert_deliveries" ADD CONSTRAINT "alert_deliveries_alert_id_alerts_id_fk" FOREIGN KEY ("alert_id") REFERENCES "sync"."alerts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "alert_deliveries_once" ON "sync"."alert_deliveries" USING btree ("alert_id","channel","kind");--> statement-breakpoint
CREATE INDEX "alert_deliveries_pending" ON "sync"."alert_deliveries" USING btree ("channel","sequence") WHERE "sync"."alert_deliveries"."state" = 'pending';--> statement-breakpoint
CREATE UNIQUE INDEX "alerts_open" ON "sync"."alerts" USING btree ("rule","connection","subject") WHERE "sync"."alerts"."recovered_at" IS NULL;--> statement-breakpoint
CREATE INDEX "alerts_opened" ON "sync"."alerts" USING btree ("opened_at");