/** Takes over what the address asks for, once; then the address is plain again, so that choices are not undone. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { messageOf } from '../../api/client';
import { queries } from '../../api/queries';
import { clientProtocols } from '../../protocols';
import { useDraft } from './draft';
import { draftOf } from './logged';
import { discard } from './run';

/** Why a logged request could not be taken over, or not all of it: the log does not have it whole, it is no chat, what has no place here, or what the server said. */
export type Unread =
  | { reason: 'incomplete' | 'noChat' }
  | { reason: 'partly'; names: string[] }
  | { reason: 'failed'; message: string };

export function usePreselected(): [Unread | null, (unread: null) => void] {
  const { model, protocol, exchange } = useSearch({ from: '/playground' });
  const navigate = useNavigate();
  const [unread, setUnread] = useState<Unread | null>(null);
  const wanted = exchange !== undefined;
  const { data, error } = useQuery({ ...queries.exchange(exchange ?? ''), enabled: wanted });
  useEffect(() => {
    const plain = () => void navigate({ to: '/playground', search: {}, replace: true });
    if (wanted) {
      if (!data && !error) return;
      if (data) {
        const { draft, whole, left } = draftOf(data);
        if (whole) discard();
        useDraft.setState(draft);
        const { body } = data.client_request;
        if (!whole) setUnread({ reason: body && !body.truncated ? 'noChat' : 'incomplete' });
        else setUnread(left.length > 0 ? { reason: 'partly', names: left } : null);
      } else setUnread({ reason: 'failed', message: messageOf(error) });
      plain();
    } else if (model !== undefined || protocol !== undefined) {
      const spoken = clientProtocols.find((one) => one === protocol);
      useDraft.setState({ ...(model !== undefined && { model }), ...(spoken && { protocol: spoken }) });
      plain();
    }
  }, [model, protocol, wanted, data, error, navigate]);
  return [unread, setUnread];
}
