/** Takes over what the address asks for, once; then the address is plain again, so that choices are not undone. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';
import { clientProtocols } from './conversation';
import { useDraft } from './draft';

export function usePreselected(): void {
  const { model, protocol } = useSearch({ from: '/playground' });
  const navigate = useNavigate();
  useEffect(() => {
    if (model === undefined && protocol === undefined) return;
    const spoken = clientProtocols.find((one) => one === protocol);
    useDraft.setState({ ...(model !== undefined && { model }), ...(spoken && { protocol: spoken }) });
    void navigate({ to: '/playground', search: {}, replace: true });
  }, [model, protocol, navigate]);
}
