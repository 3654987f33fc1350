/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model's stories, for the screen's tests. */
#include "tests/model/story.c"
