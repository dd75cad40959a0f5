// Random changes to a recording that leave true what it says.
#pragma once
#include "examples/app/augment.h"
#include "examples/audio/wave.h"

namespace latent::audio {

using Change = examples::Change<Wave>;

Change speed(double largest);               // faster or slower, and higher or lower, by up to this fraction
Change tilt(double largest);                // more of the low or of the high tones: x[n] + a x[n - 1], |a| up to this
Change noise(double decibels);              // white noise, at least so much softer than the recording
Change gap(double seconds);                 // silence, up to so long, somewhere
Change place(Index samples, double shift);  // into the middle of `samples`, or beside it by up to `shift` seconds

// The middle of the recording, cut or extended to `samples`, with silence around it or its ends cut off.
Wave placed(const Wave& wave, Index samples, Index shift = 0);

}  // namespace latent::audio
