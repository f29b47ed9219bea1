import { type Admission, ConnectionLimits, type Place } from './connection-limits.js';
import { connectionPlaces, layoutPlace, type PlaceLimits, Places, userPlace } from './places.js';

/** Counts on this instance: for one that is alone. */
export class LocalLimits extends ConnectionLimits {
  private readonly places = new Places();

  constructor(private readonly limits: PlaceLimits) {
    super();
  }

  enter(place: Place): Promise<Admission> {
    return Promise.resolve(this.places.admit(place, connectionPlaces(place, this.limits)));
  }

  enterUser(place: Place): Promise<Admission> {
    return Promise.resolve(this.places.admit(place, [userPlace(place, this.limits)]));
  }

  leaveUser(place: Place): void {
    this.places.free(place, userPlace(place, this.limits).key);
  }

  enterLayout(place: Place, layoutId: string): Promise<Admission> {
    return Promise.resolve(this.places.admit(place, [layoutPlace(layoutId, this.limits)]));
  }

  leaveLayout(place: Place, layoutId: string): void {
    this.places.free(place, layoutPlace(layoutId, this.limits).key);
  }

  leave(place: Place): void {
    for (const { key } of connectionPlaces(place, this.limits)) this.places.free(place, key);
  }
}
