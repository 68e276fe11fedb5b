/** Pictures into the composer, by whichever way they come. */
import { type ClipboardEvent, type DragEvent, useState } from 'react';
import { host } from '../../host';
import { useDraft } from './draft';
import { imageFiles, mostPictures, type Refused, takePictures } from './pictures';

export function usePictures() {
  const [refused, setRefused] = useState<Refused[]>([]);
  const [over, setOver] = useState(false);

  const add = async (files: readonly File[]) => {
    if (files.length === 0) return;
    const room = mostPictures - useDraft.getState().pictures.length;
    const taken = await takePictures(files, room);
    setRefused(taken.refused);
    useDraft.setState(({ pictures }) => ({ pictures: [...pictures, ...taken.pictures] }));
  };
  const onPaste = (event: ClipboardEvent) => {
    const { clipboardData } = event;
    // Text goes first: an office program's clipboard holds a picture of the text too.
    if (clipboardData.getData('text/plain') !== '') return;
    const files = imageFiles(clipboardData);
    if (files.length > 0) {
      event.preventDefault();
      void add(files);
    } else if (clipboardData.items.length === 0) {
      // WebKitGTK gives an empty event for a picture; the desktop shell can still read it.
      void host.readClipboardImage().then(
        (image) => image && add([new File([image], 'clipboard.png', { type: image.type })]),
        () => undefined,
      );
    }
  };
  const drop = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
    },
    onDrop: (event: DragEvent) => {
      setOver(false);
      if (event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      void add([...event.dataTransfer.files]);
    },
  };
  const remove = (id: string) =>
    useDraft.setState(({ pictures }) => ({ pictures: pictures.filter((picture) => picture.id !== id) }));
  return { refused, over, add, remove, onPaste, drop, forgetRefused: () => setRefused([]) };
}
