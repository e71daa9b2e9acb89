import type { z } from 'zod';

/** A value that is made when somebody needs it. */
type Made = () => unknown;

/** What a schema is asked for once it is finished. */
const FINAL: ReadonlySet<string | symbol> = new Set(['parse', 'safeParse']);

/**
 * What the builds of the Gateway and of the page put in place of `z`: schemas are written at the top of modules, and most
 * of them check nothing for a long while. Calls are kept and done, in their order, at the first `parse` or `safeParse`.
 */
export function lazyZod(load: () => typeof z): typeof z {
  const made = new WeakMap<object, Made>();

  const defer = (make: Made): object => {
    let known: { value: unknown } | null = null;
    const value = () => {
      known ??= { value: make() };
      return known.value;
    };
    const proxy: object = new Proxy(() => {}, {
      get(_target, name) {
        if (FINAL.has(name)) return (...args: unknown[]) => call(value(), name, args);
        return member(value, name);
      },
    });
    made.set(proxy, value);
    return proxy;
  };

  /** `z.string` is a call that has not been made yet, `z.coerce` an object with more of them. */
  const member = (owner: Made, name: string | symbol): object => {
    const property = () => Reflect.get(Object(owner()), name);
    const proxy: object = new Proxy(() => {}, {
      get: (_target, inner) => member(property, inner),
      apply: (_target, _self, args: unknown[]) => defer(() => call(owner(), name, args.map(realize))),
    });
    made.set(proxy, property);
    return proxy;
  };

  const realize = (value: unknown): unknown => {
    if (typeof value !== 'object' && typeof value !== 'function') return value;
    if (value === null) return value;
    const make = made.get(value);
    if (make !== undefined) return make();
    if (Array.isArray(value)) return value.map(realize);
    if (Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, realize(item)]));
  };

  // Stands for all of it: every use goes through `get` and `apply` above.
  return defer(load) as typeof z;
}

function call(owner: unknown, name: string | symbol, args: unknown[]): unknown {
  const method: unknown = Reflect.get(Object(owner), name);
  if (typeof method !== 'function') throw new TypeError(`${String(name)} is no function`);
  return Reflect.apply(method, owner, args);
}
