/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model's stories, for the tests of the reports: see tests/model/story.h. */
#include "tests/model/story.c"
