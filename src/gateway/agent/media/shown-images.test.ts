import type { ModelMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import { onePixel } from '../../../../e2e/fixtures/one-pixel.ts';
import { modelApis } from '../../../shared/config/model-config.ts';
import { messagesFor, resultOutput, shownImage } from './shown-images.ts';

const data = onePixel.toString('base64');
const image = { type: 'image', data, mimeType: 'image/png' } as const;
const result = (id: string, count = 1, of = image): ModelMessage => {
  const output = resultOutput(`saw ${id}`, Array(count).fill(of), false);
  return { role: 'tool', content: [{ type: 'tool-result', toolCallId: id, toolName: 'look', output }] };
};
const seeing = { input: ['text', 'image'] };
const imagesIn = (messages: readonly ModelMessage[]) => JSON.stringify(messages).split(data).length - 1;

describe('images of tools, for the model that is asked (R1)', () => {
  it('are not given to a model that sees none, and it is told', () => {
    const messages = messagesFor({ input: ['text'] }, [result('a')]);
    expect(imagesIn(messages)).toBe(0);
    expect(JSON.stringify(messages)).toContain('this model cannot see images');
    expect(messages).toHaveLength(1);
  });

  it.each(modelApis)('are given once in %s, before what the person said next', (api) => {
    const next: ModelMessage = { role: 'user', content: 'and now?' };
    const messages = messagesFor({ ...seeing, api }, [result('a', 2), next]);
    expect(imagesIn(messages)).toBe(2);
    expect(messages.map(({ role }) => role)).toEqual(['tool', 'user']);
    const isInResult = imagesIn(messages.slice(0, 1)) === 2;
    expect(isInResult).toBe(!['openai-completions', 'ollama'].includes(api));
    expect(JSON.stringify(messages[1])).toMatch(/and now\?"\}?\]?\}?$/);
  });

  it('are the newest ones only, and the model is told of the others', () => {
    const many = Array.from({ length: 12 }, (_, at) => result(`r${at}`));
    const messages = messagesFor({ ...seeing, api: 'anthropic-messages' }, many);
    expect(imagesIn(messages)).toBe(8);
    expect(imagesIn(messages.slice(0, 4))).toBe(0);
    expect(JSON.stringify(messages[0])).toContain('newer ones take their place');
    const large = { ...image, data: 'A'.repeat(9 * 1024 * 1024) };
    const two = messagesFor({ ...seeing, api: 'anthropic-messages' }, [
      result('a', 1, large),
      result('b', 1, large),
    ]);
    expect(two.map((message) => JSON.stringify(message).includes(large.data))).toEqual([false, true]);
  });

  it('of a failed call are none', () => {
    expect(resultOutput('no', [image], true)).toEqual({ type: 'error-text', value: 'no' });
  });
});

describe('an image of an earlier exchange (R1)', () => {
  const kept = { type: 'image', mimeType: 'image/png', artifactId: 'a', omitted: true, bytes: 70 } as const;
  const files = { read: async (id: string) => (id === 'a' ? onePixel : null) };

  it('is read from where it is kept', async () => {
    expect(await shownImage(kept, files, seeing)).toEqual(image);
  });

  it.each([
    ['gone', { ...kept, artifactId: 'b' }, seeing],
    ['too large', { ...kept, bytes: 7_000_000 }, seeing],
    ['no longer what it was', { ...kept, mimeType: 'image/gif' }, seeing],
    ['not for a model that sees none', kept, { input: ['text'] }],
  ])('is left out where it is %s', async (_, of, model) => {
    expect(await shownImage(of, files, model)).toBeNull();
  });
});
