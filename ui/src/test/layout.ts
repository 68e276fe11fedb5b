/** Gives elements a size in jsdom, which has no layout: a list that draws only what is seen needs one. */
import { beforeEach, vi } from 'vitest';

export function withLayout(height = 800, width = 1280): void {
  beforeEach(() => {
    vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(height);
    vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(width);
  });
}
