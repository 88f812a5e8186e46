ALTER TABLE "sync"."connections" ALTER COLUMN "points_at" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "sync"."connections" ADD COLUMN "any_account" boolean DEFAULT false NOT NULL;