import fc from 'fast-check';

/** Texts full of what could be taken for structure, `names` among it. */
export const trickyText = (...names: string[]) =>
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', ':', ' ', '\n', 'é', '𝒳', '\u0000', ...names),
    }),
  );

/** Whatever JSON can say, of such texts. */
export const trickyValue = (text: fc.Arbitrary<string>, key = text): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
