import { privacyOf } from '../../src/activities/source.ts';
import { configOf, folderWith, neodayOf } from '../config/write.ts';
import { type Load, Loads, win } from '../neoday/loads.ts';
import { type Finished, runCli } from './cli.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own way of naming a variable
const secret = '${SECRET}';
const yaml = `connections: {games: {system: neoday, baseUrl: "https://x.test", clientId: c, clientSecret: "${secret}"}}`;

/** A database with one loaded file of `win-info`, and the command in a folder of its own. */
export class Aside {
  readonly loads: Loads;
  readonly folder = folderWith({ 'incentive-sync.yaml': yaml });

  private constructor(loads: Loads) {
    this.loads = loads;
  }

  static async open(): Promise<Aside> {
    const loads = await Loads.open();
    const rules = privacyOf(neodayOf(configOf(yaml, { SECRET: 'secret' })));
    const load: Load = { connection: 'games', mapping: `1 UTC ${rules}` };
    await loads.load({ id: 'first', created: 1, rows: [win('a')] }, load);
    return new Aside(loads);
  }

  /** So many rows as an older version puts aside what this one can read, numbered by their users from `from` on. */
  async readable(many: number, from = 1, stream = 'win-info'): Promise<void> {
    await this.loads.sql`
      INSERT INTO sync.quarantine (connection, stream, content_hash, path, reason, raw_text, page, result_id, row_number, run_id)
      SELECT 'games', ${stream}, gen_random_uuid(), 'haswon', 'is odd', replace(${win('USER')}, 'USER', 'u' || n), 0,
        'first', n, 'r' FROM generate_series(${from}::int, ${from + many - 1}::int) AS n`;
  }

  /** Rows that nobody can read. */
  async unreadable(many: number, from = 1): Promise<void> {
    await this.readable(many, from);
    await this.loads.sql`
      UPDATE sync.quarantine SET raw_text = replace(raw_text, '2024-05-01', '2024-02-30') WHERE row_number >= ${from}`;
  }

  run(...args: string[]): Promise<Finished> {
    return runCli(['quarantine', ...args], { cwd: this.folder, env: this.env });
  }

  get env(): Record<string, string> {
    return { DATABASE_URL: this.loads.url, SECRET: 'secret' };
  }
}
