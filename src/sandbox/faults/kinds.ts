/** Faults that any HTTP server can have. Those that know a vendor's format are in the vendor's folder. */
import { bomb } from './bomb.ts';
import { clock } from './clock.ts';
import { compress } from './compress.ts';
import { cut } from './cut.ts';
import { drop } from './drop.ts';
import type { InputOf } from './fault.ts';
import { hold } from './hold.ts';
import { html } from './html.ts';
import { huge } from './huge.ts';
import { latency } from './latency.ts';
import { redirect } from './redirect.ts';
import { silence } from './silence.ts';
import { status } from './status.ts';
import { trickle } from './trickle.ts';

export const sharedFaults = [
  latency,
  hold,
  silence,
  status,
  html,
  redirect,
  clock,
  compress,
  bomb,
  cut,
  drop,
  trickle,
  huge,
] as const;

export type SharedFault = InputOf<(typeof sharedFaults)[number]>;
