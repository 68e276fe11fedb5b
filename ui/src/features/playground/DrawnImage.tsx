/**
 * An image that the model drew. Only kinds in which nothing can run are shown, whatever the provider calls them, and
 * what is elsewhere is not loaded: that would tell a stranger who reads it.
 */
import { Download, ImageOff, Maximize2 } from 'lucide-react';
import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../kit/Button';
import { Dialog } from '../../kit/Dialog';
import { IconButton } from '../../kit/IconButton';
import type { DrawnImage as Drawn } from '../../protocols/conversation';
import { bytesIn, sniffBase64 } from '../../protocols/media-type';
import { facts } from './pictures';

interface DrawnImageProps {
  image: Drawn;
  /** Its place among the images of the answer, from one. */
  number: number;
  model: string;
}

const kinds = {
  'image/png': { word: 'PNG', ending: 'png' },
  'image/jpeg': { word: 'JPEG', ending: 'jpg' },
  'image/gif': { word: 'GIF', ending: 'gif' },
  'image/webp': { word: 'WebP', ending: 'webp' },
};

export const DrawnImage = memo(function DrawnImage({ image, number, model }: DrawnImageProps) {
  const { t } = useTranslation('playground');
  const [open, setOpen] = useState(false);
  const [broken, setBroken] = useState(false);
  const [pixels, setPixels] = useState<Pixels>({ width: null, height: null });
  const { data, mediaType } = image;
  const type = broken ? null : sniffBase64(data);
  if (type === null) {
    return <NoImage>{data === '' ? t('drawn.gone') : t('drawn.unshown', { type: mediaType })}</NoImage>;
  }
  const source = `data:${type};base64,${data}`;
  const alt = t('drawn.alt', { number, model });
  const { word, ending } = kinds[type];
  const told = `${word}, ${facts({ ...pixels, bytes: bytesIn(data) })}`;
  const save = () => download(data, type, `image-${number}.${ending}`);
  return (
    <figure className="flex flex-col items-start gap-4">
      <img
        src={source}
        alt={alt}
        decoding="async"
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
          setPixels({ width: naturalWidth, height: naturalHeight })
        }
        onError={() => setBroken(true)}
        className="max-h-[420px] max-w-full rounded-panel border border-line-2 bg-paper object-contain"
      />
      <figcaption className="flex max-w-full items-center gap-4 text-12 text-text-3">
        <span className="tabular mr-4 truncate">{told}</span>
        <IconButton
          name={t('drawn.open', { number })}
          size="small"
          icon={<Maximize2 size={14} />}
          onClick={() => setOpen(true)}
        />
        <IconButton
          name={t('drawn.save', { number })}
          size="small"
          icon={<Download size={14} />}
          onClick={save}
        />
      </figcaption>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        showsOnly
        wide="window"
        title={alt}
        description={told}
        footer={
          <Button icon={<Download size={14} />} onClick={save}>
            {t('drawn.save', { number })}
          </Button>
        }
      >
        <img
          src={source}
          alt={alt}
          className="max-h-[calc(100dvh-210px)] max-w-full bg-paper object-contain"
        />
      </Dialog>
    </figure>
  );
});

interface Pixels {
  width: number | null;
  height: number | null;
}

/** The address of an image, to be opened by whoever wants to. */
export function ImageLink({ url }: { url: string }) {
  const { t } = useTranslation('playground');
  if (!/^https?:/i.test(url)) return <NoImage>{t('drawn.unread')}</NoImage>;
  return (
    <p className="[overflow-wrap:anywhere]">
      {t('drawn.elsewhere')}{' '}
      <a
        href={url}
        target="_blank"
        rel="noreferrer noopener"
        className="text-accent-ink underline underline-offset-2"
      >
        {url}
      </a>
    </p>
  );
}

function NoImage({ children }: { children: string }) {
  return (
    <p className="flex items-center gap-8 text-12 text-text-3">
      <ImageOff size={16} aria-hidden="true" className="shrink-0" />
      {children}
    </p>
  );
}

/** As a file where the browser puts files; an address of data itself may be too long for that. */
function download(data: string, type: string, name: string): void {
  const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
  const url = URL.createObjectURL(new Blob([bytes], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser begins to read it after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
