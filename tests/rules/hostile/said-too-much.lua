-- more proposals than a frame should hold
-- expect: memory
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  recommend = function(need, person, school)
    local t = {}
    for i = 1, 16 do t[i] = shadowing { because = ("words "):rep(33), not_in_house = ("words "):rep(33) } end
    return t
  end,
}
