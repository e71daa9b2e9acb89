import { describe, expect, it } from 'vitest';
import { onePixel } from '../../../../e2e/fixtures/one-pixel.ts';
import { attachmentLimits } from '../media/attachments.ts';
import type { ToolImage, ToolText } from './agent-tool.ts';
import { readResult } from './result-images.ts';

const image = (bytes: Buffer, mimeType = 'image/png'): ToolImage => ({
  type: 'image',
  data: bytes.toString('base64'),
  mimeType,
});
const large = Buffer.concat([onePixel, Buffer.alloc(attachmentLimits.maxImageBytes)]);

function read(content: readonly (ToolText | ToolImage)[], isError = false) {
  const kept: Buffer[] = [];
  const keep = (bytes: Buffer) => `artifact_${kept.push(bytes)}`;
  return { ...readResult({ content, isError }, keep), kept };
}

describe('images in the result of a tool (R1, R8)', () => {
  it('are kept, named in their place, and shown to the model', () => {
    const given = image(onePixel);
    const { content, text, images, kept } = read([{ type: 'text', text: 'the page' }, given]);
    expect(content).toEqual([
      { type: 'text', text: 'the page' },
      {
        type: 'image',
        mimeType: 'image/png',
        artifactId: 'artifact_1',
        omitted: true,
        bytes: onePixel.length,
      },
    ]);
    expect(kept).toEqual([onePixel]);
    expect(text).toBe('the page\n[image/png]');
    expect(images).toEqual([given]);
  });

  it('are called what they are, whatever the tool calls them', () => {
    const { content, images } = read([image(onePixel, 'image/jpeg')]);
    expect(content).toMatchObject([{ mimeType: 'image/png' }]);
    expect(images).toMatchObject([{ mimeType: 'image/png' }]);
  });

  it.each([
    ['is no picture', image(Buffer.from('<svg/>'), 'image/svg+xml'), /no PNG/, 'artifact_1'],
    ['is too large for a model', image(large), /too large/, 'artifact_1'],
    ['is no base64', { ...image(onePixel), data: '%%' }, /no PNG/, undefined],
  ])('one that %s is not shown to the model, which is told', (_, given, why, artifactId) => {
    const { content, text, images } = read([given]);
    expect(images).toEqual([]);
    expect(text).toMatch(why);
    expect(content[0]).toMatchObject({ type: 'image', mimeType: given.mimeType, omitted: true });
    expect(content.map((block) => ('artifactId' in block ? block.artifactId : undefined))).toEqual([
      artifactId,
    ]);
  });

  it('are kept of a failed call, for people alone', () => {
    const { content, images, text } = read([image(onePixel)], true);
    expect(content).toMatchObject([{ artifactId: 'artifact_1' }]);
    expect(images).toEqual([]);
    expect(text).toContain('the call failed');
  });

  it('are sixteen of one result', () => {
    const { content, images, kept } = read(Array.from({ length: 18 }, () => image(onePixel)));
    expect(kept).toHaveLength(16);
    expect(images).toHaveLength(16);
    expect(content.slice(15)).toEqual([
      expect.objectContaining({ artifactId: 'artifact_16' }),
      expect.not.objectContaining({ artifactId: expect.anything() }),
      expect.not.objectContaining({ artifactId: expect.anything() }),
    ]);
  });
});
