// biome-ignore-all lint/suspicious/noTemplateCurlyInString: `${NAME}` is how the configuration file writes references.
import type { System } from '../receipt.ts';

/** One thing that a vendor gives its customer, and that the file needs. */
export interface Field {
  readonly key: string;
  /** What it is, as the comment above the key and in the question. */
  readonly about: string;
  /** The variable that stands for it where nothing else is said. */
  readonly variable: string;
  /** Then only a variable's name is asked for, never the thing itself. */
  readonly secret: boolean;
  readonly kind?: 'address' | 'region';
}

/** How a connection to one vendor is begun. */
export interface Template {
  readonly system: System;
  readonly title: string;
  readonly fields: readonly Field[];
  readonly every: string;
  readonly scheduleAbout: string;
  /** Keys that may be left out, as comments. */
  readonly more: readonly string[];
}

const secret = (key: string, about: string, variable: string): Field => ({ key, about, variable, secret: true });
const given = (key: string, about: string, variable: string): Field => ({ key, about, variable, secret: false });

const byItself = 'When to sync by itself. Without it, a run starts at `npm start` and when you ask for one.';

export const templates: Readonly<Record<System, Template>> = {
  incentify: {
    system: 'incentify',
    title: 'Incentify: the tax-credit portfolio (projects, credits, utilizations)',
    fields: [
      {
        ...given(
          'baseUrl',
          'The address that Incentify gave you, without /projects and the like',
          'INCENTIFY_BASE_URL',
        ),
        kind: 'address',
      },
      secret('apiKey', 'The API key, sent as the header x-api-key', 'INCENTIFY_API_KEY'),
    ],
    every: '15m',
    scheduleAbout: byItself,
    more: [
      '# What is read; incentive_programs may be added:',
      '# streams: [projects, credits, utilizations]',
      '# Pages of a stream that are requested at once, and the most requests a second (no limit unless set):',
      '# concurrency: 4',
      '# requestsPerSecond: 5',
      '# Personal data: not kept at all, or only as a keyed fingerprint that still joins:',
      '# exclude: [created_by.first_name, created_by.last_name]',
      '# hash: [created_by.email]',
      '# hashKey: ${HASH_KEY}',
    ],
  },
  neoday: {
    system: 'neoday',
    title: 'NeoDay: exports of the gamification platform',
    fields: [
      {
        ...given('baseUrl', 'The gateway, like https://gateway.your-name.neo.day, without /api/1', 'NEODAY_BASE_URL'),
        kind: 'address',
      },
      given('clientId', 'The id of a client whose role has automated-exports-view', 'NEODAY_CLIENT_ID'),
      secret('clientSecret', 'The secret of that client', 'NEODAY_CLIENT_SECRET'),
    ],
    every: '1h',
    scheduleAbout: byItself,
    more: [
      '# Only some exports, by their system names; every active one unless named:',
      '# exports: [win-info, all-coupons]',
      '# The zone of times that come without one:',
      '# timeZone: UTC',
      '# A language and a country, where the gateway answers «Missing Locale»:',
      '# locale: en_GB',
      '# snapshot takes what the newest file does not show out of the current views; merge keeps it:',
      '# mode: merge',
    ],
  },
  atobi: {
    system: 'atobi',
    title: 'Atobi: KPIs of your staff, sent within the budget of requests',
    fields: [
      {
        ...given('baseUrl', 'Your address, like https://your-name.erapp.dk, without /api/external', 'ATOBI_BASE_URL'),
        kind: 'address',
      },
      given('clientId', 'The id of the client that Atobi gave you', 'ATOBI_CLIENT_ID'),
      secret('clientSecret', 'The secret of that client', 'ATOBI_CLIENT_SECRET'),
      given('type', 'The identifier of your integration, which Atobi gave you', 'ATOBI_TYPE'),
    ],
    every: '1h',
    scheduleAbout: 'When to push by itself. Without it, a push starts at `npm start` and when you ask for one.',
    more: [
      '# Values come from the table atobi.kpi_values (`incentive-sync kpi import`), or from a query over your data:',
      '# kpis:',
      '#   - kpi: coupons_received',
      '#     units: Coupons',
      '#     query: |',
      "#       SELECT userid AS user_id, count(*) AS value, date_trunc('day', received_date) AS timestamp",
      '#       FROM neoday.current_all_coupons GROUP BY 1, 3',
      '# Requests in any 60 seconds; Atobi allows 180:',
      '# requestsPerMinute: 180',
      '# A push of more elements waits for a person:',
      '# maxElements: 100000',
    ],
  },
  vibes: {
    system: 'vibes',
    title: 'Vibes: incentive pools and their levels',
    fields: [
      {
        ...given('baseUrl', 'The address of the API; `region: us` or `region: eu` may stand instead', 'VIBES_BASE_URL'),
        kind: 'region',
      },
      given('companyKey', 'The key that Vibes gave your company, like Ab12Cd', 'VIBES_COMPANY_KEY'),
      given('username', 'The user name, without a colon', 'VIBES_USERNAME'),
      secret('password', 'The password of that user; both are sent by HTTP Basic', 'VIBES_PASSWORD'),
    ],
    every: '15m',
    scheduleAbout: byItself,
    more: [
      '# A pool that runs out within so many days is told:',
      '# lowWithinDays: 7',
      '# Pools as code; `incentive-sync pools plan` shows what would be done at Vibes:',
      '# pools:',
      '#   - name: Store coupons',
      '#     incentive_codes: { low_threshold: 100 }',
    ],
  },
};
