/** The columns of the list. As it gets narrow they leave in the order of their `from`; time, status, model stay. */
import type { ExchangeSummary } from '../../../api/types/ExchangeSummary';
import type { Column } from '../../../kit/Table';
import { useClientColumn } from './client';
import { useDurationColumn } from './duration';
import { useFirstTokenColumn } from './first-token';
import { useLossesColumn } from './losses';
import { useModelColumn } from './model';
import { useRouteColumn } from './route';
import { useStatusColumn } from './status';
import { useTimeColumn } from './time';
import { useTokensColumn } from './tokens';

export function useColumns(): Column<ExchangeSummary>[] {
  return [
    useTimeColumn(),
    useStatusColumn(),
    useClientColumn(),
    useRouteColumn(),
    useModelColumn(),
    useTokensColumn(),
    useFirstTokenColumn(),
    useLossesColumn(),
    useDurationColumn(),
  ];
}
