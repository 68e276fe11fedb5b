/** Why there is nothing to show, and where that is set. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { queries } from '../../../api/queries';
import { buttonLook } from '../../../kit/Button';
import { Nothing } from './Nothing';

interface BodyMissingProps {
  /** `unkept`: the log left the body out; `unkeptFailed`: although it keeps those of failed requests. */
  reason:
    | 'empty'
    | 'noAnswer'
    | 'notAnswered'
    | 'notSent'
    | 'streaming'
    | 'unkept'
    | 'unkeptFailed'
    | 'unread';
}

export function BodyMissing({ reason }: BodyMissingProps) {
  const { t } = useTranslation('exchanges');
  const { data: settings } = useQuery(queries.settings);
  if (reason !== 'unkept' && reason !== 'unkeptFailed') return <Nothing title={t(`body.${reason}`)} />;
  const bodies = settings?.log.bodies ?? 'all';
  const why = bodies === 'errors' && reason === 'unkeptFailed' ? 'all' : bodies;
  return (
    <Nothing
      title={t('body.unkept')}
      action={
        <Link to="/settings" className={buttonLook()}>
          {t('body.openSettings')}
        </Link>
      }
    >
      {t(`body.why.${why}`)}
    </Nothing>
  );
}
