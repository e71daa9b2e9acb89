import './first.ts';
import './zod-setup.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/prose.css';
import './styles/forms.css';
// The page has a field before the composer's script is there.
import './features/webchat/composer.css';
import { openStores } from './open-stores.ts';
import { takeTicket } from './ticket.ts';
import { firstLocale } from './ui/first-locale.ts';
import { readWords } from './ui/words.ts';

// Before anything is waited for: nobody else is to see it.
const opened = openStores(takeTicket(window.location, window.history));
const words = readWords(firstLocale());
const { drawApp } = await import('./app.tsx');
const root = document.getElementById('root');
const [stores] = await Promise.all([opened, words]);
if (root) drawApp(root, stores);
