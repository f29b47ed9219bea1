/** What GET /api/presence/layouts/{id} answers. */
export const PRESENCE_EXAMPLES = {
  layout: {
    answer: {
      layoutId: '12',
      users: [
        {
          userId: '8q5ypezfihth',
          name: 'Ada',
          joinedAt: '2026-05-04T10:02:11.318Z',
          connections: [
            {
              connectionId: 'l20izurwac7mkrgixzky',
              joinedAt: '2026-05-04T10:02:11.318Z',
              state: { cursor: { x: 120, y: 80 } },
            },
          ],
        },
      ],
    },
  },
};
