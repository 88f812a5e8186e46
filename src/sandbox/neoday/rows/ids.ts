/** NeoDay's ids: 25 lower-case letters and digits. Source: dev.neoday.com/server-apis, samples of every page. */
import { Random } from '../../random.ts';
import { marks } from '../file/template.ts';

const entities = { user: 1, instance: 2, progress: 3, campaign: 4, game: 5, prize: 6, survey: 7, result: 8, export: 9 };
export type Entity = keyof typeof entities;

const codes = 36 ** 5;

/** Five characters, another for every number below 60 million. */
export function code(number: number): string {
  // 25,214,903 shares no divisor with 36: no two numbers meet.
  return ((number * 25_214_903 + 7_654_321) % codes).toString(36).padStart(5, '0');
}

/** Codes of the users and of the block itself take the marks' places. */
export function id(seed: number, entity: Entity, position: number, middle: string): string {
  const random = new Random(seed, entities[entity], position);
  const letters = (count: number) =>
    random
      .below(36 ** count)
      .toString(36)
      .padStart(count, '0');
  return `${letters(5)}${letters(4)}${middle}${letters(4)}${letters(5)}${position.toString(36).padStart(2, '0')}`;
}

export interface World {
  seed: number;
  /** Users, campaigns and prizes of one block: rows of other exports name only those that exist. */
  users: number;
  campaigns: number;
  prizes: number;
}

export class Ids {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  /** What a row of this position and block is about. */
  own(entity: Entity, position: number): string {
    return id(this.world.seed, entity, position, marks.block);
  }

  user(position: number): string {
    return id(this.world.seed, 'user', position % this.world.users, marks.user);
  }

  campaign(position: number): string {
    return this.fixed('campaign', position % this.world.campaigns);
  }

  prize(position: number): string {
    return this.fixed('prize', position % this.world.prizes);
  }

  /** The game that a prize belongs to. */
  game(prize: number): string {
    return this.fixed('game', (prize % this.world.prizes) % 5);
  }

  private fixed(entity: Entity, position: number): string {
    return id(this.world.seed, entity, position, code(0));
  }
}
