// Random changes to a cloud that leave its label true.
#pragma once
#include "examples/app/augment.h"
#include "examples/modelnet/mesh.h"

namespace latent::modelnet {

using Change = examples::Change<Cloud>;

Change scale_axes(double largest);    // each axis by 1 / (1 + largest) to 1 + largest
Change shift(double largest);         // the cloud by up to so much along each axis
Change mirror();                      // left and right, half of the times, and front and back, half of the times
Change scale_points(double largest);  // each point by 1 - largest to 1 + largest, as in the paper
Change jitter(double deviation);      // each coordinate
Change turn(double degrees);          // about the vertical, by up to so much either way
Change choose(Index points);          // `points` of them; all if it has no more

// A random number of the first points become those of another cloud as large; returns their share, which the label has to
// share as well (Zhang et al. 2021, PointCutMix-R, for clouds whose points come in random order).
double mix(Cloud& cloud, const Cloud& other, Generator& generator);

}  // namespace latent::modelnet
