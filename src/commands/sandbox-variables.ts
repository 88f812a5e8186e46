import type { Variables } from '../config/environment.ts';

/** What a configuration file can refer to once the sandbox is up. */
export function sandboxVariables(url: string): Variables {
  return {
    SANDBOX_INCENTIFY_URL: `${url}/incentify`,
    SANDBOX_API_KEY: 'sandbox-key',
    SANDBOX_NEODAY_URL: `${url}/neoday`,
    SANDBOX_NEODAY_SECRET: 'sandbox-secret',
    SANDBOX_ATOBI_URL: `${url}/atobi`,
    SANDBOX_ATOBI_SECRET: 'sandbox-secret',
    SANDBOX_VIBES_URL: `${url}/vibes`,
    SANDBOX_VIBES_PASSWORD: 'sandbox-password',
    SANDBOX_WEBHOOK_URL: `${url}/_sandbox/webhook`,
  };
}
