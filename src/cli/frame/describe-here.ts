import {
  type AppError,
  describeError,
  type ErrorText,
  sentenceValues,
  type Translate,
} from '../../shared/errors.ts';

/** As {@link describeError}, with `cli.fixes.<CODE>` and `cli.bodies.<CODE>` where a terminal needs other sentences. */
export function describeHere(error: AppError, t: Translate): ErrorText {
  const text = describeError(error, t);
  const values = sentenceValues(error, t);
  const here = (list: 'fixes' | 'bodies', otherwise: string) => {
    const key = `cli.${list}.${error.code}`;
    const sentence = t(key, values);
    return sentence === key ? otherwise : sentence;
  };
  return { ...text, body: here('bodies', text.body), fix: here('fixes', text.fix) };
}
