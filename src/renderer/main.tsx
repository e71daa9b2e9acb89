import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/prose.css';
import './styles/forms.css';
import { StrictMode } from 'react';
import { takeTicket } from './ticket.ts';
import { firstLocale, readWords } from './ui/words.ts';

// Before anything is waited for: nobody else is to see it.
const ticket = takeTicket(window.location, window.history);

const words = readWords(firstLocale());

// All of it is fetched at once and run part by part: short tasks rather than a long one.
await import('./zod-setup.ts');
await import('../shared/contract/requests.ts');
const { openStores } = await import('./open-stores.ts');
const opened = openStores(ticket);
const { createRoot } = await import('react-dom/client');
const { App } = await import('./app.tsx');
const stores = await opened;
await words;

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App stores={stores} />
    </StrictMode>,
  );
}
