import type { Comments } from '../comments.ts';

/** What is to be sent to Atobi, what was, and the journal of every request. */
export function atobiComments(): Comments {
  return { ...inlet, ...sent, ...pacing };
}

const connection = 'Name of the connection in incentive-sync.yaml.';
const times = {
  timestamp: 'When the value was taken. Sent in UTC at whole seconds.',
  date_from: 'Begin of the period that the value is about; null where it is about a moment.',
  date_to: 'End of the period.',
};

const inlet: Comments = {
  'atobi.kpi_values': {
    table:
      'Values to be sent: any SQL, program or `incentive-sync kpi import` may write here. A KPI has one value for a user, location and period.',
    columns: {
      ...{ connection, ...times },
      kpi: 'Name of the KPI, as Atobi knows it.',
      context: 'Context of its transfers, where the configuration names none; the KPI’s name where both are missing.',
      user_id: 'The user at Atobi; this or location_id, or both.',
      location_id: 'The shop, department or country at Atobi.',
      value: 'Sent with every digit.',
      units: 'Unit of the value, like Eur.',
      moment: 'The timestamp of a value without a period, where it tells the value apart from others.',
    },
  },
  'atobi.elements': {
    table: 'One row for each KPI, subject and period that any source has shown, and what Atobi has of it.',
    columns: {
      ...{ connection, ...times },
      id: 'Sent as the element’s id: derived from KPI, subject and period alone, so it is the same for ever.',
      value: 'As the source showed it last.',
      source: 'values: the table kpi_values. query: a query of the configuration.',
      state: 'new, sending, accepted, unknown, refused (goes again) or aside (not sent until its value changes).',
      accepted_value: 'What Atobi accepted last; with accepted_units: what is compared with.',
      refused_value: 'What Atobi refused; with refused_units.',
      delivery: 'The newest delivery with it (atobi.deliveries.delivery).',
      run_id: 'The run that found it changed last (sync.runs.run_id).',
      vanished_at: 'When its source was found not to show it any more; null while it does.',
    },
  },
};

const sent: Comments = {
  'atobi.batches': {
    table: 'Elements that a run sends together. A refused batch becomes two.',
    columns: {
      state:
        'open, sending, done, held (a person decides), alone (refused, one element) or left (not halved any more).',
      half_of: 'The refused batch that this is a half of.',
      repeats: 'The delivery that is sent again.',
    },
  },
  'atobi.deliveries': {
    table: 'The journal: one row for each KPI request, written before it is sent.',
    columns: {
      state: 'sending, accepted, refused or unknown (it may or may not have arrived).',
      why: 'Why it was sent; where it repeats another, which and for what reason.',
      digest: 'SHA-256 of the body.',
      sent_values: 'Value of each element, in the order of element_ids.',
      refusal: 'splittable, status, rateLimited, transient, token, forbidden or configuration.',
      status: 'The answer’s own status.',
      answer: 'Beginning of the answer.',
      resolution: 'What a person or a later answer said of a delivery that was unknown.',
    },
  },
  'atobi.pushes': {
    table: 'What each push planned.',
    columns: {
      elements: 'Elements to send.',
      approved: 'True once a person said that a large push may go.',
      streams: 'What the sources showed, KPI by KPI.',
    },
  },
};

const pacing: Comments = {
  'atobi.budgets': {
    table: 'One row a connection. Its lock is what all workers take a slot of the request budget under.',
    columns: { held_until: 'Nothing is sent before: Atobi asked for a pause, or failed.' },
  },
  'atobi.requests': {
    table: 'Requests of the last minute. A slot of the budget is free again 60 s after its answer came.',
    columns: { kind: 'kpi or token.' },
  },
};
