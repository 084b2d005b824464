import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { Editor } from './Editor.jsx';

const url = new URLSearchParams(location.search).get('document') ?? '/docs/welcome';
createRoot(document.getElementById('root')).render(
  <QueryClientProvider client={new QueryClient()}>
    <Editor url={url} />
  </QueryClientProvider>,
);
