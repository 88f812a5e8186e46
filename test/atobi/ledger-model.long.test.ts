import { playLedgers } from './ledger-model.ts';

playLedgers(200);
