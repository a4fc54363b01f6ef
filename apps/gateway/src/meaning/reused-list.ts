/** A list that is emptied and filled again for every token of a body: unlike an array's, its memory stays. */
export class ReusedList<Item> {
  readonly #items: Item[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param index below `count` */
  at(index: number): Item {
    return this.#items[index] as Item;
  }

  add(item: Item): void {
    this.#items[this.#count++] = item;
  }

  /** Adds what is not in the list yet; lists are short. */
  addOnce(item: Item): void {
    for (let index = 0; index < this.#count; index++) if (this.#items[index] === item) return;
    this.add(item);
  }

  /** Puts an item in a place that was taken before. @param index below `count` */
  set(index: number, item: Item): void {
    this.#items[index] = item;
  }

  /** Leaves the first `count` items. */
  shorten(count: number): void {
    this.#count = count;
  }
}
