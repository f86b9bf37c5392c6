// rufbus-tap: what happens on the bus, for people. It reads only, and can never slow a call down.

import ServiceKit

let options = TapOptions.ofThisProcess()
await ServiceMain.run(
    "tap", passive: true, arguments: ["rufbus-tap"] + options.rest, settings: { _ in options }, body: Tap.run)
