/** A place on the grid of a layout, in whole cells; (0, 0) is the upper left one. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Size of a layout, in cells. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
}

/** Whether two places share a cell; touching is no overlap. */
export function overlap(one: Rectangle, other: Rectangle): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

/** Whether all of a place lies on the grid. */
export function isInside({ x, y, width, height }: Rectangle, { columns, rows }: Grid): boolean {
  return x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= columns && y + height <= rows;
}
