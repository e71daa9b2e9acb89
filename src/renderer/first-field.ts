import { firstWords } from '../shared/i18n/first-words.ts';
import { firstLocale } from './ui/first-locale.ts';
import { isSubmitEnter } from './ui/ime.ts';

/** `said`: what Enter was pressed for. `start`, `end`: what is selected of `text`, in UTF-16 units. */
export type Typed = {
  readonly said: readonly string[];
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly hasFocus: boolean;
};

/** The page's HTML has a field to type in while the rest is read. It stands where the composer's will. */
function firstField() {
  const area = document.getElementById('first-field');
  const field = area?.querySelector('textarea');
  return area && field ? { area, field } : null;
}

/** On a touch screen, what is typed with covers the page. */
export function hasKeyboard(): boolean {
  return window.matchMedia('(hover: hover)').matches;
}

/** Gives it the words of the page's language, and what it lacks of the composer's ways. */
export function startFirstField(): void {
  const first = firstField();
  if (!first) return;
  const { area, field } = first;
  const words = firstWords[firstLocale()];
  field.ariaLabel = words.label;
  field.placeholder = words.placeholder;
  field.addEventListener('compositionstart', () => {
    field.dataset.composing = '';
  });
  field.addEventListener('compositionend', () => {
    delete field.dataset.composing;
  });
  field.addEventListener('keydown', (event) => {
    if (!isSubmitEnter(event)) return;
    event.preventDefault();
    if (field.value.trim() === '') return;
    // Stands above the field until it can be sent.
    const said = document.createElement('p');
    said.className = 'first-said';
    said.textContent = field.value.trim();
    area.querySelector('.composer')?.before(said);
    field.value = '';
  });
  if (hasKeyboard() && document.activeElement === document.body) field.focus();
}

/** Out of sight where the page shows something else; what was typed stays. */
export function showFirstField(isShown: boolean): void {
  const { area } = firstField() ?? {};
  if (area) area.hidden = !isShown;
}

/**
 * Removes it and hands on what was typed, after the word that an input method is in the middle of. Never when it is
 * gone already.
 *
 * @returns cancels it
 */
export function takeFirstField(take: (typed: Typed) => void): () => void {
  const first = firstField();
  if (!first) return () => {};
  const { area, field } = first;
  const hand = () => {
    const { value: text, selectionStart: start, selectionEnd: end } = field;
    const hasFocus = document.activeElement === field;
    const said = [...area.querySelectorAll('.first-said')].map(({ textContent }) => textContent ?? '');
    area.remove();
    take({ said, text, start, end, hasFocus });
  };
  if (field.dataset.composing === undefined) {
    hand();
    return () => {};
  }
  field.addEventListener('compositionend', hand, { once: true });
  return () => field.removeEventListener('compositionend', hand);
}
