/* Pictures without a session: inspect a file, make its thumbnail, compare. */
#include "m365photo.h"

#include <stdio.h>
#include <string.h>

enum { SIDE = 96, HEADER = 54, FILE_SIZE = HEADER + SIDE * SIDE * 3 };

static int failures = 0;

static void check(int line, const char *what, int right)
{
    if (!right) {
        printf("pictures.c:%d: %s\n", line, what);
        failures++;
    }
}

#define TRUE(condition) check(__LINE__, #condition, condition)

static void put(uint8_t *at, uint32_t number)
{
    at[0] = number & 255;
    at[1] = number >> 8 & 255;
    at[2] = number >> 16 & 255;
    at[3] = number >> 24;
}

/* Draws a disc into a Windows bitmap, brighter towards one side. */
static void draw(uint8_t *file, int centre_x, int centre_y)
{
    int x, y;
    memset(file, 0, HEADER);
    memcpy(file, "BM", 2);
    put(file + 2, FILE_SIZE);
    put(file + 10, HEADER);
    put(file + 14, 40);
    put(file + 18, SIDE);
    put(file + 22, SIDE);
    file[26] = 1;
    file[28] = 24;
    for (y = 0; y < SIDE; y++) {
        for (x = 0; x < SIDE; x++) {
            int inside = (x - centre_x) * (x - centre_x) + (y - centre_y) * (y - centre_y) < 24 * 24;
            uint8_t *pixel = file + HEADER + (y * SIDE + x) * 3;
            pixel[0] = inside ? 60 : 200;
            pixel[1] = (uint8_t)(inside ? 120 + x : 180);
            pixel[2] = (uint8_t)(inside ? 160 + y / 2 : 90);
        }
    }
}

static int has(const m365photo_buffer *buffer, const char *words)
{
    char text[512] = "";
    const uint8_t *data = NULL;
    uint32_t length = 0;
    m365photo_buffer_data(buffer, &data, &length, NULL);
    memcpy(text, data, length < sizeof text ? length : sizeof text - 1);
    return strstr(text, words) != NULL;
}

int main(void)
{
    static uint8_t picture[FILE_SIZE], other[FILE_SIZE];
    m365photo_buffer *answer = NULL, *thumbnail = NULL;
    const uint8_t *small = NULL;
    uint32_t small_length = 0;
    draw(picture, 40, 40);
    draw(other, 60, 62);

    TRUE(m365photo_picture_inspect(picture, FILE_SIZE, &answer, NULL) == M365PHOTO_OK);
    TRUE(has(answer, "\"format\":\"BMP\"") && has(answer, "\"width\":96") && has(answer, "\"contentType\":\"image/bmp\""));
    m365photo_buffer_free(answer);

    TRUE(m365photo_picture_thumbnail(picture, FILE_SIZE, 72, &thumbnail, NULL) == M365PHOTO_OK);
    TRUE(m365photo_buffer_data(thumbnail, &small, &small_length, NULL) == M365PHOTO_OK);
    TRUE(m365photo_picture_inspect(small, small_length, &answer, NULL) == M365PHOTO_OK);
    TRUE(has(answer, "\"format\":\"JPEG\"") && has(answer, "\"width\":72") && has(answer, "\"height\":72"));
    m365photo_buffer_free(answer);

    TRUE(m365photo_picture_compare(picture, FILE_SIZE, small, small_length, &answer, NULL) == M365PHOTO_OK);
    TRUE(has(answer, "\"same\":true"));
    m365photo_buffer_free(answer);
    TRUE(m365photo_picture_compare(other, FILE_SIZE, small, small_length, &answer, NULL) == M365PHOTO_OK);
    TRUE(has(answer, "\"same\":false"));
    m365photo_buffer_free(answer);
    m365photo_buffer_free(thumbnail);

    answer = NULL;
    TRUE(m365photo_picture_inspect(NULL, 0, &answer, NULL) == M365PHOTO_PICTURE_UNREADABLE);
    TRUE(m365photo_picture_inspect((const uint8_t *)"no picture", 10, &answer, NULL) == M365PHOTO_PICTURE_UNREADABLE);
    TRUE(m365photo_picture_compare(picture, FILE_SIZE, picture, FILE_SIZE / 2, &answer, NULL) == M365PHOTO_PICTURE_UNREADABLE);
    TRUE(m365photo_picture_thumbnail(picture, FILE_SIZE, 0, &answer, NULL) == M365PHOTO_INVALID_ARGUMENT);
    TRUE(m365photo_picture_thumbnail(picture, FILE_SIZE, 65536 + 48, &answer, NULL) == M365PHOTO_INVALID_ARGUMENT);
    TRUE(m365photo_picture_thumbnail(NULL, 1, 48, &answer, NULL) == M365PHOTO_INVALID_ARGUMENT);
    TRUE(answer == NULL);
    return failures == 0 ? 0 : 1;
}
