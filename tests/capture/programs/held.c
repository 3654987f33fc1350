/* SPDX-License-Identifier: GPL-2.0-or-later */
/* held.c - a shared library with objects to wait on */
long held_lock = 1;       /* .data */
long held_table[1000][2]; /* .bss, beyond the file's last page */
