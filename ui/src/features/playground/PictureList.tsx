/** Pictures as thumbnails with their facts. */
import { ImageOff, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { IconButton } from '../../kit/IconButton';
import type { Picture } from '../../protocols/conversation';
import { facts } from './pictures';

interface PictureListProps {
  pictures: readonly Picture[];
  /** Absent: they cannot be removed. */
  onRemove?: (id: string) => void;
}

export function PictureList({ pictures, onRemove }: PictureListProps) {
  const { t } = useTranslation('playground');
  if (pictures.length === 0) return null;
  return (
    <ul aria-label={t('picture.list')} className="flex flex-wrap gap-x-16 gap-y-8">
      {pictures.map((picture) => (
        <li key={picture.id} className="flex max-w-full items-center gap-8">
          <Thumbnail picture={picture} />
          <span className="min-w-0 text-12 text-text-2">
            <span className="block max-w-[180px] truncate" title={picture.name}>
              {picture.name}
            </span>
            <span className="tabular block text-text-3">{facts(picture)}</span>
            {picture.data === '' && <span className="block text-text-3">{t('picture.gone')}</span>}
          </span>
          {onRemove && (
            <IconButton
              name={t('picture.remove', { name: picture.name })}
              size="small"
              icon={<X size={14} />}
              onClick={() => onRemove(picture.id)}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

function Thumbnail({ picture: { data, mediaType, name } }: { picture: Picture }) {
  const box = 'h-[44px] w-[66px] shrink-0 rounded-control border border-line-2 bg-surface-2';
  if (data === '') {
    return (
      <span className={`${box} flex items-center justify-center text-text-3`}>
        <ImageOff size={16} aria-hidden="true" />
      </span>
    );
  }
  return <img src={`data:${mediaType};base64,${data}`} alt={name} className={`${box} object-cover`} />;
}
