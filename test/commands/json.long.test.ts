import { describe } from 'vitest';
import { compareWithDocs } from './document-cases.ts';

describe('a document is as docs/json.md describes it', () => {
  compareWithDocs([
    ['check', ['check', 'portfolio']],
    ['resync --dry-run', ['resync', 'portfolio', '--dry-run']],
    ['connection list', ['connection', 'list']],
    ['quarantine list', ['quarantine', 'list']],
    ['quarantine show', ['quarantine', 'show', '1']],
    ['quarantine export', ['quarantine', 'export']],
    ['quarantine replay', ['quarantine', 'replay', '1']],
    ['alerts list', ['alerts', 'list', '--all']],
    ['kpi status', ['kpi', 'status']],
    ['database-url', ['database-url']],
    ['apply', ['apply']],
    ['schedule list', ['schedule', 'list']],
    ['schedule pause', ['schedule', 'pause', 'portfolio', '--reason', 'holiday']],
    ['schedule resume', ['schedule', 'resume', 'portfolio']],
    ['schedule trigger', ['schedule', 'trigger', 'portfolio']],
    ['schedule backfill', ['schedule', 'backfill', 'portfolio', '--from', '3h']],
    ['runs', ['runs', 'portfolio']],
    ['run', ['run', 'RUN']],
    ['explain', ['explain', 'RUN']],
    ['doctor', ['doctor']],
    ['init', ['init', '--system', 'incentify', '--yes', '--config', 'new.yaml']],
  ]);
});
