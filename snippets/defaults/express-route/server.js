// What routes do by themselves: res.json() tags the body it sends, weakly, and turns
// a GET into 304; a PUT reads no condition.
import express from 'express';

let doc = { title: 'old', body: 'old' };

const app = express();
app.use(express.json());

app.get('/doc', (req, res) => {
  res.json(doc);
});

app.put('/doc', (req, res) => {
  doc = req.body;
  res.json(doc);
});

app.listen(process.env.PORT ?? 3000, '127.0.0.1');
