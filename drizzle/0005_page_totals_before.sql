ALTER TABLE "sync"."cursors" ALTER COLUMN "lease" SET DATA TYPE bigint;--> statement-breakpoint
ALTER TABLE "sync"."pages" ADD COLUMN "total_before" bigint;