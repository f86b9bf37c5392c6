// rufbus-media: ports, bridges, tones, prompts and key presses of calls, by word of the bus.

import ServiceKit

await ServiceMain.run("media", settings: MediaSettings.init, body: MediaService.run)
