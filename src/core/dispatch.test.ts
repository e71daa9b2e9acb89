import { describe, expect, it, vi } from 'vitest';
import { ok } from '../shared/result.ts';
import { createDispatch, type Handlers } from './dispatch.ts';

type Calls = { params: unknown; context: string }[];

function setUp(fault?: Error) {
  const calls: Calls = [];
  const setMode = (params: unknown, context: string) => {
    if (fault) throw fault;
    calls.push({ params, context });
    return ok({});
  };
  const onFault = vi.fn();
  const handlers = { 'connection.setMode': setMode } as unknown as Handlers<string>;
  return { calls, onFault, dispatch: createDispatch(handlers, onFault) };
}

describe('contract dispatch', () => {
  it('hands valid params and the caller on', async () => {
    const { dispatch, calls } = setUp();
    expect(await dispatch('connection.setMode', { mode: 'remote' }, 'page')).toEqual(ok({}));
    expect(calls).toEqual([{ params: { mode: 'remote' }, context: 'page' }]);
  });

  it.each([
    ['no.such.method', {}],
    ['__proto__', {}],
    ['toString', {}],
    ['connection.setMode', { mode: 'sideways' }],
    ['connection.setMode', { mode: 'local', extra: 1 }],
    ['connection.setMode', null],
    ['app.openExternal', { url: 'file:///etc/passwd' }],
    ['app.openExternal', { url: 'javascript:alert(1)' }],
    ['app.openExternal', { url: 'http://plain.example' }],
  ])('refuses %s %j', async (method, params) => {
    const { dispatch, calls } = setUp();
    expect(await dispatch(method, params, 'page')).toMatchObject({
      ok: false,
      error: { code: 'BAD_REQUEST', retryable: false },
    });
    expect(calls).toEqual([]);
  });

  it('turns a fault into a value and reports it', async () => {
    const { dispatch, onFault } = setUp(new Error('boom'));
    expect(await dispatch('connection.setMode', { mode: 'local' }, 'page')).toMatchObject({
      ok: false,
      error: { code: 'INTERNAL', message: 'boom' },
    });
    expect(onFault).toHaveBeenCalledOnce();
  });
});
