import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/prose.css';
import './styles/forms.css';
import { StrictMode } from 'react';

// All of it is fetched at once and run part by part: short tasks rather than a long one.
await import('./zod-setup.ts');
await import('../shared/contract/requests.ts');
const { openStores } = await import('./open-stores.ts');
const opened = openStores();
const { createRoot } = await import('react-dom/client');
const { App } = await import('./app.tsx');
const stores = await opened;

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App stores={stores} />
    </StrictMode>,
  );
}
