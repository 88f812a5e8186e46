/** Faults of NeoDay's gateway and of the store behind its download URLs. */
import type { InputOf } from '../../faults/fault.ts';
import { changedFile } from './changedFile.ts';
import { cutFile } from './cutFile.ts';
import { endsEarly } from './endsEarly.ts';
import { expiredUrl } from './expiredUrl.ts';
import { fileUrl } from './fileUrl.ts';
import { gone } from './gone.ts';
import { missingLocale } from './missingLocale.ts';
import { row } from './row.ts';
import { store } from './store.ts';

export const neodayFaults = [
  missingLocale,
  gone,
  fileUrl,
  expiredUrl,
  cutFile,
  changedFile,
  row,
  endsEarly,
  store,
] as const;

export type NeodayFault = InputOf<(typeof neodayFaults)[number]>;
